"""What can be done here. One public function is one act is one transaction; the awaiting part only gathers."""
