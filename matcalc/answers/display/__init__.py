"""How results show themselves: `shown` for every kind of result, `report` for what is said below one, and special displays."""
