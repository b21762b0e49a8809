"""The demo. It plays complaints against the stack of `make run`, all at the same time. A life is one demo
complaint, or several connected ones, played from start to end. Then the demo prints in both languages what
happened.

PORT, EMULATOR_PORT and DATA choose the stack, as for `make run`. LIVES=return,battery,… chooses the lives to
play; their names are the keys of `demo_lives.LIVES`. The demo exits with 1 and a message if a step goes
wrong."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait

from infra.local.demo_lives import LIVES, Life, LifeReport, chosen
from infra.local.demo_stage import Abandoned, Stack, Trouble, say, stack


def main() -> None:
    """Play the chosen lives (demo complaints), then print what happened in each."""
    began = time.monotonic()
    try:
        lives = chosen(os.environ.get("LIVES", ""))
        played = play(stack(), lives)
    except Trouble as trouble:
        sys.exit(str(trouble))
    except KeyboardInterrupt:
        sys.exit("Stopped; the complaints that were begun stay as they are.")
    for name, stories in played.items():
        for language in ("zh", "en"):
            print(f"\n{'=' * 100}\n{name}: {' '.join((LIVES[name].__doc__ or '').split())}\n")
            for story in stories:
                print("\n".join(story.lines_in(language)))
    print(f"\nAll went as told, in {int(time.monotonic() - began)} s.")


def play(on: Stack, lives: dict[str, Life]) -> dict[str, list[LifeReport]]:
    """Play all lives (demo complaints) at the same time on the stack `on`. Return their reports, by the name
    of the life. If a life goes wrong, the others stop, and Trouble is raised."""

    def one(name: str) -> list[LifeReport]:
        try:
            stories = lives[name](on, name)
        except BaseException:
            on.over.set()
            raise
        say(name, "is over.")
        return [*stories]

    with ThreadPoolExecutor(len(lives)) as pool:
        begun = {name: pool.submit(one, name) for name in lives}
        try:
            wait(begun.values())
        finally:
            if any(not future.done() for future in begun.values()):  # after Ctrl-C
                on.over.set()
    wrong = {name: error for name, future in begun.items() if (error := future.exception())}
    for name, error in sorted(wrong.items(), key=lambda item: isinstance(item[1], Abandoned)):
        raise Trouble(
            f"The life “{name}” went wrong. {error if isinstance(error, Trouble) else repr(error)}"
        ) from error
    return {name: future.result() for name, future in begun.items()}


if __name__ == "__main__":
    main()
