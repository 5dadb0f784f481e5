"""What an optimiser calls: the value, the derivatives, and products of derivatives with directions and cotangents, as one function."""
