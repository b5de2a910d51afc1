"""`valhub completion`: prints what makes a shell complete the command."""

import click
from click.shell_completion import get_completion_class

from valhub.console import echo


@click.command(short_help="Print what makes your shell complete the command.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    r"""Print the completion for SHELL.

    \b
    bash: echo 'eval "$(valhub completion bash)"' >> ~/.bashrc
    zsh:  echo 'eval "$(valhub completion zsh)"' >> ~/.zshrc
    fish: valhub completion fish > ~/.config/fish/completions/valhub.fish
    """
    from valhub.client.cli import main

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click brings one for each of the shells
    echo(kind(main, {}, "valhub", "_VALHUB_COMPLETE").source())
