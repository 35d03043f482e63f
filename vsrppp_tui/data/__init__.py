"""From patch files and videos to uint8 batches and augmented tensors."""
