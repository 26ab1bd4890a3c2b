Pages for plug-in types, plug-ins, and their monitoring with live state and action buttons.
