#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ONVIF clients that others wrote judge the simulator: onvif-util (Debian's
# onvif-tools) and, where npm can install them, onvif and node-onvif. Each has
# to discover it, to log in, to list its profiles and to get its stream URI.
# GStreamer's rtspsrc has to play from it, curl to log in with Digest.
#
# Needs root (two network namespaces joined by a veth pair: libonvif does not
# hear what its own host multicasts). Speaks TAP; exits with 77 where it cannot run.
set -u
cd "$(dirname "$0")" || exit 1
auths="digest digest-sha256 wsse"

skip() {
	echo "1..0 # SKIP $*"
	exit 77
}

outside() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	for tool in unshare nsenter ip; do
		command -v $tool >/dev/null || skip "needs $tool"
	done
	FOREIGN=$(mktemp -d) || exit 1
	export FOREIGN
	trap 'rm -rf "$FOREIGN"' EXIT
	if command -v npm >/dev/null; then
		(cd "$FOREIGN" && timeout 120 npm install --no-audit --no-fund onvif node-onvif \
			>npm.log 2>&1) || rm -rf "$FOREIGN/node_modules"
	fi
	timeout -k 5 300 unshare -n "$0" inside
	exit $?
}

# a network with a camera at 10.77.0.2
network() {
	ip link set lo up
	unshare -n sleep 300 &
	there=$!
	sleep 0.3
	ip link add cam0 type veth peer name cam1 2>/dev/null || skip "no veth devices here"
	ip link set cam0 netns $there
	ip link set cam1 up
	ip addr add 10.77.0.1/24 dev cam1
	ip route add 224.0.0.0/4 dev cam1
	camera_side="nsenter -t $there -n"
	for command in "link set lo up" "link set cam0 up" "addr add 10.77.0.2/24 dev cam0" \
		"route add 224.0.0.0/4 dev cam0"; do
		# shellcheck disable=SC2086
		$camera_side ip $command
	done
}

# start AUTH [OPTION...]
start() {
	auth=$1
	shift
	# not the one of the camera before
	rm -f "$FOREIGN/ready"
	# shellcheck disable=SC2086
	$camera_side ./onvif-camera --address 10.77.0.2 --interface cam0 --http-port 80 \
		--rtsp-port 554 --discovery --name "Front Camera" --auth "$auth" --password pw \
		--max-connections 9 --out "$FOREIGN/out" "$@" >"$FOREIGN/ready" &
	camera=$!
	while ! grep -qs ready "$FOREIGN/ready"; do sleep 0.1; done
}

stop() {
	kill $camera
	wait $camera
}

number=0 failed=0
# judge NAME FILE PATTERN...: every pattern has to be found
judge() {
	name=$1 file=$2
	shift 2
	number=$((number + 1))
	for pattern in "$@"; do
		if ! grep -q -e "$pattern" "$file"; then
			sed 's/^/# /' "$file"
			echo "not ok $number - $name: no $pattern"
			failed=1
			return
		fi
	done
	echo "ok $number - $name"
}

uri=rtsp://10.77.0.2:554/onvif/profile_1

with_onvif_util() {
	command -v onvif-util >/dev/null || return
	start "$1"
	timeout 20 onvif-util -a </dev/null >"$FOREIGN/log" 2>&1
	judge "onvif-util discovers ($1)" "$FOREIGN/log" "Found 1 cameras" "10.77.0.2 (Front Camera"
	printf '%s\n' "get rtsp" "get profiles" "get time" quit |
		timeout 20 onvif-util -u admin -p pw 10.77.0.2 >"$FOREIGN/log" 2>&1
	# (a camera's time has whole seconds: one may end between its answer and the look at ours)
	judge "onvif-util logs in ($1)" "$FOREIGN/log" "successfully connected" "serial: 0001" \
		"$uri" "Token 1: profile_2" "Time Offset: [0-9] seconds"
	stop
}

with_npm() {
	[ -d "$FOREIGN/node_modules" ] || return
	cp foreign-clients.js "$FOREIGN"
	start "$1" ${2:+--quirk "$2"}
	for client in onvif node-onvif; do
		# node-onvif knows only the UsernameToken
		[ "$client$2" = node-onvifno-wsse ] && continue
		timeout 30 node "$FOREIGN/foreign-clients.js" $client "$2" >"$FOREIGN/log" 2>&1
		judge "npm $client ($1 $2)" "$FOREIGN/log" "discovered.*10.77.0.2" "profile_1,profile_2" \
			"uri $uri" "model SC-1"
	done
	stop
}

with_streamers() {
	start "$1"
	if command -v curl >/dev/null; then
		curl -s -w '%{http_code}' --digest -u admin:pw http://10.77.0.2/snapshot.jpg \
			>"$FOREIGN/log" 2>&1
		judge "curl logs in ($1)" "$FOREIGN/log" 200
	fi
	if command -v gst-launch-1.0 >/dev/null && [ "$1" = digest ]; then
		timeout -s INT -k 2 5 gst-launch-1.0 rtspsrc location=$uri user-id=admin user-pw=pw \
			backchannel=onvif protocols=tcp ! fakesink >"$FOREIGN/gst.log" 2>&1
		sleep 1
		judge "rtspsrc plays" "$FOREIGN/out/report.json" '"SETUP": 3' '"PLAY": 1' '"TEARDOWN": 1'
	fi
	stop
}

inside() {
	network
	echo "TAP version 13"
	for auth in $auths; do
		[ "$auth" = digest-sha256 ] || with_onvif_util "$auth"
		if [ "$auth" = wsse ]; then
			with_npm wsse ""
		else
			with_npm "$auth" no-wsse
			with_streamers "$auth"
		fi
	done
	kill $there
	echo "1..$number"
	exit $failed
}

if [ "${1-}" = inside ]; then
	inside
else
	outside
fi
