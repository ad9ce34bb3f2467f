"""Speaks to the person at the terminal, also when the terminal has gone."""

import os


def say(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError:
        # The reader of our output has gone (`make run | head`); the run itself goes on.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
