"""Passwords the operator refuses, besides Django's list of common ones."""

from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator


class DenylistValidator(CommonPasswordValidator):
    """Reads the file as Django does, one password per line, gzip or not, whatever the case."""

    def __init__(self, password_list_path: Path) -> None:
        super().__init__(password_list_path)
        self.passwords = {password.lower() for password in self.passwords}

    def get_error_message(self) -> str:
        return "This password is on the list of those that are refused here."

    def get_help_text(self) -> str:
        return "It can't be on the list of passwords that are refused here."
