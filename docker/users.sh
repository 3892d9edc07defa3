#!/usr/bin/env bash
# Creates the SCRAM users on the brokers given (a bootstrap.servers list).
set -euo pipefail

for user in admin alice; do
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do # one a call: 4.0 and later want it so
        "${KAFKA_HOME:-/opt/kafka}/bin/kafka-configs.sh" --bootstrap-server "$1" --alter \
            --entity-type users --entity-name "$user" --add-config "$mechanism=[password=$user-secret]"
    done
done
