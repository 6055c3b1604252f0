"""The part that decides: standard library only, no await, no clock, no I/O."""
