"""The scene as somebody who uses Solara would write it: one component, and a state that it draws."""

import scene
import solara

run = scene.first_scene()


@solara.component
def Page():
    answer = solara.use_reactive(None)
    told = solara.use_reactive([])

    def show():
        told.value = scene.after(run, answer.value) if answer.value else ["Choose one of the options first."]

    solara.Title(run.scenario.title)
    solara.Markdown(f"# {run.scenario.title}")
    solara.Markdown("\n\n".join(scene.before(run)))
    solara.Markdown(f"### {run.scene.question}")
    with solara.v.RadioGroup(v_model=answer.value, on_v_model=answer.set):
        for option, words in scene.options(run).items():
            solara.v.Radio(label=words, value=option)
    solara.Button("Choose this", color="primary", on_click=show)
    if told.value:
        solara.Markdown("\n\n".join(["### What happens", *told.value]))
