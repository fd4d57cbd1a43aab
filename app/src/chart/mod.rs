//! Charts: plotters, drawn by one function on the server and in the browser.
