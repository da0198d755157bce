"""The equations of devices and converters: one law or effect a file, tensors in, tensors out."""
