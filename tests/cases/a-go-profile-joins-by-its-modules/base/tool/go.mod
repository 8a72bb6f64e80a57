module tool // no host
