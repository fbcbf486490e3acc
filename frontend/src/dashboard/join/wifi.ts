/**
 * What a phone reads to join a Wi-Fi: the text of its QR code. Signs that part the fields are escaped. Without a password
 * the network is an open one.
 */
export function wifiText(name: string, password: string): string {
	const escaped = (text: string) => text.replace(/[\\;,":]/g, '\\$&');
	if (password === '') return `WIFI:T:nopass;S:${escaped(name)};;`;
	return `WIFI:T:WPA;S:${escaped(name)};P:${escaped(password)};;`;
}
