// Package admin administers a cluster: it creates, lists, describes and deletes
// topics, and tells which brokers there are and which Kafka they run.
//
//	a, err := admin.New(admin.Config{BootstrapServers: []string{"localhost:9092"}})
//	...
//	defer a.Close(context.Background())
//	_, err = a.CreateTopics(ctx, admin.CreateTopicsOptions{}, admin.NewTopic{Name: "orders", Partitions: 6})
//
// Calls on several topics do what they can: there is a result for each, and the
// error joins those of all that failed. A broker's refusal is a
// [*protocol.BrokerError] with the topic, so that
// errors.Is(err, protocol.ErrTopicAlreadyExists) and the like work.
//
// The context bounds each call. What failed for a reason that may pass is tried
// again until it ends; so a request may be handled twice, and its second answer
// be that the topic exists, or does not exist any more.
package admin
