package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"
)

// Main does the task that stdin has, by one of the clients, and returns the code
// to exit with.
func Main(clients ...Client) int {
	result := run(os.Stdin, clients)
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, "bench: write the result:", err)
		return 1
	}
	if result.Error != "" {
		return 1
	}
	return 0
}

func run(input io.Reader, clients []Client) Result {
	var task Task
	if err := json.NewDecoder(input).Decode(&task); err != nil {
		return Result{Error: fmt.Sprintf("read the task: %v", err)}
	}
	for _, client := range clients {
		if client.Name != task.Client {
			continue
		}
		result, err := do(client, task)
		if err != nil {
			return Result{Error: fmt.Sprintf("%s %s: %v", task.Client, task.Mode, err)}
		}
		result.Version = version(client.Module)
		return result
	}
	return Result{Error: fmt.Sprintf("there is no client %q in this program", task.Client)}
}

// do warms up by a tenth of the task, with a client that is closed after it, and
// measures the whole.
func do(client Client, task Task) (Result, error) {
	if task.Size < MinSize {
		return Result{}, fmt.Errorf("values of %d bytes: want %d or more", task.Size, MinSize)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	w := work{client: client, values: NewValues(task.Size, task.Records), records: task.Records}
	warm := task
	warm.Topic = task.WarmTopic
	warm.Partitions = WarmPartitions(task.Partitions)
	warm.Records = max(task.Records/10, 1)
	if task.GroupID != "" {
		warm.GroupID += "-warm-up"
	}
	switch task.Mode {
	case Consume, Group, Join, Join848:
		warm.Topic, warm.Partitions = task.Topic, task.Partitions
	}
	if task.Mode != EndToEnd && task.Mode != Idle { // which warm up by themselves
		if _, err := w.do(ctx, warm); err != nil {
			return Result{}, fmt.Errorf("warm-up: %w", err)
		}
	}
	result, err := profiled(task.Profile, func() (Result, error) { return w.do(ctx, task) })
	if err != nil {
		return Result{}, err
	}
	result.PeakRSS, err = peakRSS()
	return result, err
}

// profiled writes a CPU profile of do to a file, if it has a name.
func profiled(file string, do func() (Result, error)) (result Result, err error) {
	if file == "" {
		return do()
	}
	f, err := os.Create(file)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return Result{}, err
	}
	defer pprof.StopCPUProfile()
	return do()
}

// version returns that of a module in this program, or of the program itself.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	return ""
}
