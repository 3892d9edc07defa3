package kafkabroker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keepAbandoned is how long the files of a cluster whose process is gone are
// kept, for a look at the logs.
const keepAbandoned = time.Hour

// runDir holds what belongs to running clusters, for all processes of a user.
func runDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("barnabas-kafka-%d", os.Getuid()))
}

// newClusterDir makes a folder for a cluster, locked as ours until release, and
// removes those that no process owns any more.
func newClusterDir(ctx context.Context, r release) (dir string, release func(), err error) {
	root := filepath.Join(runDir(), "clusters")
	unlock, err := lock(ctx, filepath.Join(runDir(), "clusters.lock"))
	if err != nil {
		return "", nil, fmt.Errorf("kafkabroker: cluster folder: %w", err)
	}
	defer unlock()
	if err := removeAbandoned(root, time.Now().Add(-keepAbandoned)); err != nil {
		return "", nil, fmt.Errorf("kafkabroker: removing old cluster folders: %w", err)
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", nil, fmt.Errorf("kafkabroker: cluster folder: %w", err)
	}
	if dir, err = os.MkdirTemp(root, r.String()+"-"); err != nil {
		return "", nil, fmt.Errorf("kafkabroker: cluster folder: %w", err)
	}
	owner, err := tryLock(ownerLock(dir))
	if err != nil {
		return "", nil, fmt.Errorf("kafkabroker: cluster folder: %w", err)
	}
	return dir, func() { owner.Close() }, nil
}

func ownerLock(dir string) string { return filepath.Join(dir, "owner.lock") }

// removeAbandoned removes the cluster folders in root that were made before a
// time and that no process holds.
func removeAbandoned(root string, before time.Time) error {
	entries, err := os.ReadDir(root)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.ModTime().After(before) {
			continue // gone since, or young
		}
		dir := filepath.Join(root, e.Name())
		owner, err := tryLock(ownerLock(dir))
		if err != nil {
			return err
		}
		if owner == nil {
			continue
		}
		err = os.RemoveAll(dir)
		owner.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// quietLoggers say more than anyone reads.
var quietLoggers = []string{
	"kafka.request.logger", "kafka.network.RequestChannel$", "state.change.logger",
	"org.apache.zookeeper", "kafka.authorizer.logger", "kafka.log.LogCleaner",
}

// writeLogConfig has everything logged to standard error, by log4j 1 (before
// 4.0) and 2.
func writeLogConfig(dir, name, level string) error {
	var one, two strings.Builder
	fmt.Fprintf(&one, "log4j.rootLogger=%s, out\n"+
		"log4j.appender.out=org.apache.log4j.ConsoleAppender\nlog4j.appender.out.target=System.err\n"+
		"log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"+
		"log4j.appender.out.layout.ConversionPattern=%%d %%p %%m (%%c)%%n\n", level)
	fmt.Fprintf(&two, "appender.out.type=Console\nappender.out.name=out\nappender.out.target=SYSTEM_ERR\n"+
		"appender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%%d %%p %%m (%%c)%%n\n"+
		"rootLogger.level=%s\nrootLogger.appenderRef.out.ref=out\n", level)
	for i, logger := range quietLoggers {
		fmt.Fprintf(&one, "log4j.logger.%s=WARN\n", logger)
		fmt.Fprintf(&two, "logger.q%d.name=%s\nlogger.q%d.level=WARN\n", i, logger, i)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".properties"), []byte(one.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+"2.properties"), []byte(two.String()), 0o644)
}
