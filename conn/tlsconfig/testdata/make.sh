#!/bin/sh
# Makes the key stores and trust stores of the tests with openssl and keytool (Java
# 17), valid for a hundred years. Every password is "correct horse", but for that of
# the key in client.jks, which is "battery staple".
set -eu
days=36500
pass="correct horse"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

authority() { # file, name, issuer
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -subj "/CN=$2" -out "$work/$1.csr" 2>/dev/null
	printf 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' >"$work/$1.ext"
	if [ "$1" = "$3" ]; then set -- "$1" "-signkey $work/$1.key"; else set -- "$1" "-CA $work/$3.pem -CAkey $work/$3.key -CAcreateserial"; fi
	openssl x509 -req -in "$work/$1.csr" $2 -days $days -extfile "$work/$1.ext" -out "$work/$1.pem" 2>/dev/null
}

authority root "Test Root" root
authority intermediate "Test Intermediate" root
openssl req -newkey rsa:2048 -nodes -keyout "$work/client.key" -subj "/CN=client" -out "$work/client.csr" 2>/dev/null
printf 'extendedKeyUsage=clientAuth\n' >"$work/client.ext"
openssl x509 -req -in "$work/client.csr" -CA "$work/intermediate.pem" -CAkey "$work/intermediate.key" -CAcreateserial \
	-days $days -extfile "$work/client.ext" -out "$work/client.pem" 2>/dev/null
cat "$work/client.pem" "$work/intermediate.pem" >"$work/chain.pem"

cp "$work/root.pem" root.pem
cp "$work/chain.pem" chain.pem
openssl pkcs8 -topk8 -nocrypt -in "$work/client.key" -out client.key
openssl rsa -in "$work/client.key" -traditional -out client-pkcs1.key 2>/dev/null
openssl pkcs8 -topk8 -in "$work/client.key" -passout "pass:$pass" -out client-aes256.key
openssl pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1 -in "$work/client.key" -passout "pass:$pass" -out client-aes128.key
openssl pkcs8 -topk8 -v2 des3 -v2prf hmacWithSHA512 -in "$work/client.key" -passout "pass:$pass" -out client-des3.key
openssl pkcs8 -topk8 -scrypt -in "$work/client.key" -passout "pass:$pass" -out client-scrypt.key
openssl rsa -aes128 -in "$work/client.key" -traditional -passout "pass:$pass" -out client-old.key 2>/dev/null
cat "$work/chain.pem" client-aes256.key >client.pem

rm -f client*.p12 client*.jks trust*.p12 trust*.jks
openssl pkcs12 -export -inkey "$work/client.key" -in "$work/client.pem" -certfile "$work/intermediate.pem" -name client -passout "pass:$pass" -out client.p12
openssl pkcs12 -export -legacy -inkey "$work/client.key" -in "$work/client.pem" -certfile "$work/intermediate.pem" -name client -passout "pass:$pass" -out client-legacy.p12
keytool -importkeystore -srckeystore client.p12 -srcstorepass "$pass" -destkeystore client-java.p12 -deststoretype PKCS12 -deststorepass "$pass" 2>/dev/null
keytool -importcert -noprompt -alias another -file "$work/root.pem" -keystore client-java.p12 -storepass "$pass" 2>/dev/null
keytool -importkeystore -srckeystore client.p12 -srcstorepass "$pass" -srcalias client \
	-destkeystore client.jks -deststoretype JKS -deststorepass "$pass" -destkeypass "battery staple" 2>/dev/null
keytool -importcert -noprompt -alias another -file "$work/root.pem" -keystore client.jks -storepass "$pass" 2>/dev/null
cp client.jks client-two.jks
keytool -importkeystore -srckeystore client.p12 -srcstorepass "$pass" -srcalias client -destalias second \
	-destkeystore client-two.jks -deststoretype JKS -deststorepass "$pass" -destkeypass "battery staple" 2>/dev/null
for type in JKS PKCS12; do
	keytool -importcert -noprompt -alias root -file "$work/root.pem" -storetype $type -storepass "$pass" \
		-keystore "trust.$(echo $type | sed 's/JKS/jks/; s/PKCS12/p12/')" 2>/dev/null
done
openssl pkcs12 -export -nokeys -in "$work/root.pem" -passout "pass:$pass" -out trust-openssl.p12

# a revocation list of the intermediate authority that has the client's certificate
cat >"$work/ca.cnf" <<CONF
[ca]
default_ca = it
[it]
database = $work/index
crlnumber = $work/crlnumber
default_md = sha256
default_crl_days = $days
CONF
: >"$work/index"
echo 01 >"$work/crlnumber"
openssl ca -config "$work/ca.cnf" -cert "$work/intermediate.pem" -keyfile "$work/intermediate.key" -revoke "$work/client.pem" 2>/dev/null
openssl ca -config "$work/ca.cnf" -cert "$work/intermediate.pem" -keyfile "$work/intermediate.key" -gencrl -out crl.pem 2>/dev/null
openssl crl -in crl.pem -outform DER -out crl.der
