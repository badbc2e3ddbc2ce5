"""What the commands share in what they say: something to mend."""

import click


class Problem(click.ClickException):
    """Something that the person can mend; said in words, exit code 2."""

    exit_code = 2

    def format_message(self) -> str:
        return self.message
