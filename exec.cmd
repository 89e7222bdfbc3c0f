@rem On Windows, where npm's shell has no "exec" and looks for commands in this folder. Elsewhere the shell replaces itself by
@rem node, so that a signal to npm reaches node.
@%*
