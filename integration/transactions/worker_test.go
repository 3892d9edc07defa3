package transactions

func runWorker() bool { return false }
