"""Jobs on particle stacks: made, joined, divided, resized, normalised and cleaned, image by image."""
