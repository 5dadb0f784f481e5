"""Many requests at once: JSON lines in, JSON lines out, in order.

`keys` says what a line may hold, `part` which lines are answered; `lines` answers one line after the other and lets nothing in one
stop the others, `pool` has several answered at a time in processes of their own, which are `workers`, forked from a `template`, and
`farm` on a cluster; `files` are compressed, or go on growing.
"""
