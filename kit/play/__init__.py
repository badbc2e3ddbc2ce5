"""Play: a run is its picks; scene, trust, score and debrief are worked out from them. Pure, no input or output."""
