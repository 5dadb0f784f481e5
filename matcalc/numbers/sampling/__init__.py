"""Points: sizes for dimensions, arrays with the declared properties, and values of variables in the domain, drawn or looked for."""
