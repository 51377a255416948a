// SPDX-License-Identifier: MIT
// node foreign-clients.js onvif|node-onvif [no-wsse]: for foreign-clients.sh
'use strict';
const [client, digestOnly] = process.argv.slice(2);
const login = { username: 'admin', password: 'pw' };

function show(profiles, uri, model) {
	console.log('profiles', profiles.join(','));
	console.log('uri', uri);
	console.log('model', model);
	process.exit(0);
}

function fail(error) {
	console.log('failed:', error);
	process.exit(1);
}

function withOnvif() {
	const { Cam, Discovery } = require('onvif');
	Discovery.on('error', fail);
	Discovery.probe({ timeout: 2000, resolve: false }, (error, found) => {
		if (error || !found.length)
			fail(error || 'nothing discovered');
		const match = found[0].probeMatches.probeMatch;
		console.log('discovered', match.XAddrs);
		const { hostname, port } = new URL(match.XAddrs);
		new Cam({ hostname, port: port || 80, ...login, useWSSecurity: !digestOnly }, function (error) {
			if (error)
				fail(error);
			this.getStreamUri({ protocol: 'RTSP' }, (error, stream) => {
				if (error)
					fail(error);
				this.getDeviceInformation((error, info) => error ? fail(error) :
					show(this.profiles.map(p => p.$.token), stream.uri, info.model));
			});
		});
	});
}

async function withNodeOnvif() {
	const onvif = require('node-onvif');
	const found = await onvif.startProbe();
	if (!found.length)
		fail('nothing discovered');
	console.log('discovered', found[0].xaddrs[0]);
	const device = new onvif.OnvifDevice({ xaddr: found[0].xaddrs[0], user: login.username, pass: login.password });
	const info = await device.init();
	show(device.getProfileList().map(p => p.token), device.getProfileList()[0].stream.rtsp, info.Model);
}

if (client === 'onvif')
	withOnvif();
else
	withNodeOnvif().catch(fail);
