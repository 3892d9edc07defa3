package properties

// table has all keys that can be set.
var table = concat(clientKeys, tlsKeys, saslKeys, oauthKeys, producerKeys, partitionerKeys, consumerKeys)

func concat(lists ...[]Key) (all []Key) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
