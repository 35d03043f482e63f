"""What a run leaves behind: TensorBoard, logs, status, history, pictures. Each one is an observer."""
