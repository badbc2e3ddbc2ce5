"""Report: blocks and rows as pages and exports, for people without the workshop at hand."""
