"""A scenario from one of its scenes on. Pure; what is left out is what nobody can reach from there."""

from typing import Any

from kit.content.check import nexts
from kit.content.scenario import AnyScene, Compose, Order, Scenario, Write


def from_scene(scenario: Scenario, scene_id: str) -> Scenario:
    """The scenes that can be reached from this one, which comes first; trust begins and endings stand as they are.

    Every `next` is written out, for the next scene in the file may be another one here. Raises KeyError.
    """
    reached: set[str] = set()
    ahead = [scenario.scene[scene_id].id]
    while ahead:
        here = ahead.pop()
        if here in scenario.scene and here not in reached:
            reached.add(here)
            ahead += nexts(scenario, scenario.scene[here])
    rest = [scene for scene in scenario.scenes if scene.id in reached - {scene_id}]
    scenes = [_led(scenario, scene) for scene in [scenario.scene[scene_id], *rest]]
    return _with(scenario, scenes=tuple(scenes))


def _led(scenario: Scenario, scene: AnyScene) -> AnyScene:
    """The scene with every `next` written out."""
    if isinstance(scene, Write):
        return _with(scene, next=scenario.target(scene.id, scene.next))
    key = "outcomes" if isinstance(scene, Compose | Order) else "options"
    return _with(scene, **{key: tuple(_with(one, next=scenario.target(scene.id, one.next)) for one in getattr(scene, key))})


def _with(thing: Any, **changes: Any) -> Any:
    """A frozen model with other values; made anew, because a copy would take along what the old one has worked out."""
    return type(thing).model_construct(**{**{name: getattr(thing, name) for name in type(thing).model_fields}, **changes})
