#!/usr/bin/env bash
# Makes, in the folder given, an authority (ca.pem) and a key store for the
# brokers (server.p12, its password in the file password), unless they are there.
set -euo pipefail
cd "$1"
umask 022
[ -e ca.pem ] && exit

password=changeit
store=(-storetype PKCS12 -storepass "$password")
key=(-keyalg EC -groupname secp256r1 -validity 3650)
rm -f authority.p12 server.p12

keytool -genkeypair -alias authority -dname "CN=Barnabas test authority" "${key[@]}" \
    -ext bc:critical=ca:true -ext ku:critical=keyCertSign,cRLSign \
    -keystore authority.p12 "${store[@]}"
keytool -genkeypair -alias server -dname CN=localhost "${key[@]}" \
    -keystore server.p12 "${store[@]}"
keytool -exportcert -rfc -alias authority -keystore authority.p12 "${store[@]}" -file new.pem
keytool -certreq -alias server -keystore server.p12 "${store[@]}" |
    keytool -gencert -rfc -alias authority -keystore authority.p12 "${store[@]}" -validity 3650 \
        -ext ku:critical=digitalSignature -ext eku=serverAuth \
        -ext san=dns:localhost,dns:kafka-1,dns:kafka-2,dns:kafka-3,ip:127.0.0.1 >server.pem
keytool -importcert -noprompt -alias authority -file new.pem -keystore server.p12 "${store[@]}"
keytool -importcert -noprompt -alias server -file server.pem -keystore server.p12 "${store[@]}"

printf %s "$password" >password
chmod a+r server.p12 password
rm authority.p12 server.pem # nobody else is to be vouched for
mv new.pem ca.pem           # last: it says that the rest is complete
