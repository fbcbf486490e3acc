import type { NumberSetting } from '../operator/operator';
import { amount } from './amounts';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Label of a numeric setting, and its display unit: per is one unit in the server's own. */
export interface SettingLabel {
	title: string;
	unit?: string;
	per?: number;
}

export const NUMBER_LABELS: Record<NumberSetting, SettingLabel> = {
	keep_days: { title: 'Keep messages for', unit: 'days' },
	keep_bytes: { title: 'Keep at most', unit: 'GiB', per: GIB },
	max_connections: { title: 'Devices at once' },
	max_per_address: { title: 'Devices from one address' },
	handshakes_per_second: { title: 'New connections from one address', unit: 'a second' },
	client_rate: { title: 'Messages from one device', unit: 'a second' },
	frames_per_second: { title: 'Requests from one device', unit: 'a second' },
	bytes_per_second: { title: 'Traffic from one device', unit: 'KiB/s', per: KIB },
	max_topics: { title: 'Topics of one device' },
	hello_seconds: { title: 'Time to say who one is', unit: 'seconds' },
	name_hours: { title: 'A name is held for', unit: 'hours' },
	member_hours: { title: 'People belong to the room for', unit: 'hours' },
	queue_bytes: { title: 'Memory for slow devices', unit: 'MiB', per: MIB },
	secure_port: { title: 'Port of the encrypted address' },
	undo_seconds: { title: 'Undo after sending', unit: 'seconds' },
};

/** Labels of the access modes. */
export const ACCESS_LABELS = { open: 'Open', code: 'Join code', approval: 'Approval', list: 'List' } as const;

/** Labels of all other settings. */
const OTHER_LABELS: Record<string, string> = {
	remote_dashboards: 'Dashboards on other machines',
	own_authority: 'Encrypted address (TLS)',
	announce_name: 'Name on the network',
	operator_name: 'Your name',
	wifi_name: 'Wi-Fi name',
	wifi_password: 'Wi-Fi password',
	name: 'Name of the room',
	address: 'Address shown',
	access: 'Who comes in',
	addr: 'Where Belfry listens',
	code: 'Join code',
	secret: 'QR code',
};

/** Why a setting is locked by a flag; undefined where it is not. */
export function lockedBy(flag: string | undefined): string | undefined {
	return flag && `The flag ${flag} rules this. Start Belfry without it to choose here.`;
}

/** A changed setting in words: "Keep messages for: 90 to 30 days". */
export function changeText(setting: string, before = '', after = ''): string {
	const label: SettingLabel = NUMBER_LABELS[setting as NumberSetting] ?? { title: OTHER_LABELS[setting] ?? setting };
	if (setting === 'wifi_password') return `${label.title}: changed`;
	const [was, is] = [before, after].map((value) => valueText(value, label.per));
	const change = was ? `${was} to ${is || 'none'}` : is || 'none';
	return `${label.title}: ${change}${label.unit ? ` ${label.unit}` : ''}`;
}

/** A setting and its value in words: "Keep messages for: 30 days". */
export function settingText(setting: string, value: string): string {
	return changeText(setting, '', value);
}

function valueText(value: string, per = 1): string {
	if (value === 'true') return 'on';
	if (value === 'false') return 'off';
	if (value !== '' && Number.isFinite(Number(value))) return amount(Number(value), per);
	const word = value.replace(/^"(.*)"$/, '$1');
	return ACCESS_LABELS[word as keyof typeof ACCESS_LABELS] ?? word;
}
