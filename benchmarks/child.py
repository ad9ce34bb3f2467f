"""Calls one function inside Django and prints its result: `child MODULE FUNCTION [NUMBER|TEXT...]`.

Every candidate has settings of its own, so each call is a process of its own; what is timed is
timed inside, without Python's and Django's start.
"""

import importlib
import json
import sys

import django


def main() -> None:
    module, function, *arguments = sys.argv[1:]
    django.setup()
    given = [int(text) if text.isdecimal() else text for text in arguments]
    print(json.dumps(getattr(importlib.import_module(module), function)(*given)))


if __name__ == "__main__":
    main()
