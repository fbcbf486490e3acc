import type { NumberSetting, TextSetting } from '../operator/operator';
import { amount } from './amounts';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Label of a numeric setting, its display unit (per is one unit in the server's own), and what 0 means. */
export interface SettingLabel {
	title: string;
	unit?: string;
	per?: number;
	zero?: string;
}

const NO_LIMIT = 'No limit';

export const NUMBER_LABELS: Record<NumberSetting, SettingLabel> = {
	keep_days: { title: 'Keep messages for', unit: 'days' },
	keep_bytes: { title: 'Keep at most', unit: 'GiB', per: GIB },
	max_connections: { title: 'Devices at once', zero: NO_LIMIT },
	max_per_address: { title: 'Devices from one address', zero: NO_LIMIT },
	handshakes_per_second: { title: 'New connections from one address', unit: 'a second' },
	client_rate: { title: 'Messages from one device', unit: 'a second', zero: NO_LIMIT },
	frames_per_second: { title: 'Requests from one device', unit: 'a second' },
	bytes_per_second: { title: 'Traffic from one device', unit: 'KiB/s', per: KIB },
	max_topics: { title: 'Topics for one device' },
	hello_seconds: { title: 'Sign-in timeout', unit: 'seconds' },
	name_hours: { title: 'Keep names reserved for', unit: 'hours' },
	member_hours: { title: 'Count people as away for', unit: 'hours' },
	queue_bytes: { title: 'Memory for slow devices', unit: 'MiB', per: MIB },
	secure_port: { title: 'Port of the encrypted address', zero: 'Automatic' },
	undo_seconds: { title: 'Undo after sending', unit: 'seconds', zero: 'Off' },
};

/** Labels of the access modes. */
export const ACCESS_LABELS = { open: 'Open', code: 'Join code', approval: 'Approval', list: 'List' } as const;

/** Labels of the settings that are texts. */
export const TEXT_LABELS: Record<TextSetting, string> = {
	operator_name: 'Your name',
	wifi_name: 'Wi-Fi name',
	wifi_password: 'Wi-Fi password',
};

/** Labels of all other settings. */
const OTHER_LABELS: Record<string, string> = {
	remote_dashboards: 'Dashboards on other computers',
	own_authority: 'Encrypted address (TLS)',
	announce_name: 'Name on the network',
	...TEXT_LABELS,
	name: 'Room name',
	address: 'Address shown',
	access: 'Access',
	addr: 'Where Belfry listens',
	code: 'Join code',
	secret: 'QR code',
};

/** Why a setting is locked by a flag; undefined where it is not. */
export function lockedBy(flag: string | undefined): string | undefined {
	return flag && `Set by the flag ${flag}. To change it here, start Belfry without that flag.`;
}

/** A changed setting in words: "Keep messages for: 90 to 30 days". */
export function changeText(setting: string, before = '', after = ''): string {
	const label: SettingLabel = NUMBER_LABELS[setting as NumberSetting] ?? { title: OTHER_LABELS[setting] ?? setting };
	if (setting === 'wifi_password') return `${label.title}: changed`;
	const [was, is] = [before, after].map((value) => valueText(value, label));
	const change = was ? `${was} to ${is || 'none'}` : is || 'none';
	return `${label.title}: ${change}${label.unit && is !== label.zero ? ` ${label.unit}` : ''}`;
}

/** A setting and its value in words: "Keep messages for: 30 days". */
export function settingText(setting: string, value: string): string {
	return changeText(setting, '', value);
}

function valueText(value: string, { per = 1, zero }: SettingLabel): string {
	if (value === '0' && zero) return zero;
	if (value === 'true') return 'on';
	if (value === 'false') return 'off';
	if (value !== '' && Number.isFinite(Number(value))) return amount(Number(value), per);
	const word = value.replace(/^"(.*)"$/, '$1');
	return ACCESS_LABELS[word as keyof typeof ACCESS_LABELS] ?? word;
}
