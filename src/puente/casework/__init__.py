"""The casework room: case files under the law, what people searched and determined, signed."""
