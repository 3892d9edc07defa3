// Package simulation runs the client against the embedded cluster in virtual
// time, with faults drawn from a seed: lost requests, lost responses, throttling,
// nodes that are silent one way or both, out of reach or dead, moving leaders and
// coordinators, topics that are recreated, clients that are killed or cut off. An
// outside client then reads the logs, and the outcome that every record was
// promised is held against them.
//
// SIMULATION_SEEDS=0-999 runs so many seeds. SIMULATION_SEEDS=7 runs one again, with
// what the clients log; as goroutines are scheduled as ever, it may take some tries.
package simulation
