"""Why a function has its curvature: the second differential as squares, and the rules in sentences."""
