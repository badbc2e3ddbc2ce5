"""The scene as somebody who uses Panel would write it: widgets in a column, a function on the button."""

import panel as pn
import scene

pn.extension()

run = pn.cache(scene.first_scene)()

answer = pn.widgets.RadioBoxGroup(options={words: option for option, words in scene.options(run).items()}, value=None)
choose = pn.widgets.Button(name="Choose this", button_type="primary")
feedback = pn.pane.Markdown("")


def show(_event):
    if answer.value is None:
        feedback.object = "Choose one of the options first."
    else:
        feedback.object = "\n\n".join(["### What happens", *scene.after(run, answer.value)])


choose.on_click(show)
pn.Column(f"# {run.scenario.title}", *scene.before(run), f"### {run.scene.question}", answer, choose, feedback).servable()
