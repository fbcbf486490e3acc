import { expect, test } from 'vitest';
import { wifiText } from './wifi';

test('the QR code of a Wi-Fi says name and password as phones read them', () => {
	expect(wifiText('Hall-2', 'brass and bells')).toBe('WIFI:T:WPA;S:Hall-2;P:brass and bells;;');
	expect(wifiText('Guests', '')).toBe('WIFI:T:nopass;S:Guests;;');
	expect(wifiText('Zoë’s café', 'pässwörd')).toBe('WIFI:T:WPA;S:Zoë’s café;P:pässwörd;;');
});

test('signs that part the fields are escaped in both', () => {
	expect(wifiText('a;b,c:d"e\\f', '\\;,:"')).toBe('WIFI:T:WPA;S:a\\;b\\,c\\:d\\"e\\\\f;P:\\\\\\;\\,\\:\\";;');
	expect(wifiText(' spaces ', 'P:x;;T:nopass')).toBe('WIFI:T:WPA;S: spaces ;P:P\\:x\\;\\;T\\:nopass;;');
});
