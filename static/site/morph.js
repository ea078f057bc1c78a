// Pages that refresh in place: what a reader has opened stays open when new figures come, and what
// somebody is typing stays typed.
"use strict";

Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && node.tagName === "DETAILS");
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) =>
  !(node.nodeType === Node.ELEMENT_NODE && node.matches("details.order-form[open]"));
