"""The scene as somebody who uses Streamlit would write it: the script runs from top to bottom at every answer."""

import scene
import streamlit as st

run = st.cache_resource(scene.first_scene)()
options = scene.options(run)

st.title(run.scenario.title)
for words in scene.before(run):
    st.write(words)
with st.form("answer"):
    answer = st.radio(run.scene.question, list(options), format_func=lambda option: options[option], index=None)
    is_sent = st.form_submit_button("Choose this")
if is_sent and answer is None:
    st.warning("Choose one of the options first.")
elif is_sent:
    st.subheader("What happens")
    st.markdown("\n\n".join(scene.after(run, answer)))
