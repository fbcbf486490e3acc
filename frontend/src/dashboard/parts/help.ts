import { rank } from './marked';

/** A question of the guide; its answer is a text, or steps in their order. */
export interface HelpTopic {
	id: string;
	title: string;
	answer: string | readonly string[];
}

export interface HelpGroup {
	name: string;
	topics: readonly HelpTopic[];
}

/** The guide. It is part of the page, because there may be no internet. */
export const HELP: readonly HelpGroup[] = [
	{
		name: 'If something does not work',
		topics: [
			{
				id: 'help-open',
				title: 'A phone cannot open the page',
				answer: [
					'Turn off mobile data and VPN.',
					'Join the same Wi-Fi as this computer, not the guest network.',
					'Type the whole address, with http:// in front.',
					'If a firewall asks, allow Belfry on private networks.',
				],
			},
			{
				id: 'help-missed',
				title: 'Someone did not get a message',
				answer:
					'Open the message under Announcements to see who has not received or read it. “Away” means that the page is closed or the phone is locked. They get the message when they come back.',
			},
			{
				id: 'help-sound',
				title: 'A phone makes no sound',
				answer:
					'Sound works only while the page is open. Ask the person to turn on Sound in the settings of their page.',
			},
			{
				id: 'help-dashboard',
				title: 'Another computer cannot open the dashboard',
				answer:
					'Turn on “Dashboards on other computers” under Operator’s key. Then open the link with the key on that computer.',
			},
		],
	},
	{
		name: 'How to',
		topics: [
			{
				id: 'help-urgent',
				title: 'Send an urgent message',
				answer:
					'Choose Urgent below the message, then send it. It rings, and shows in red. If you also ask people to confirm it, it fills the screen of everyone who gets it, until they close it or press its button.',
			},
			{
				id: 'help-read',
				title: 'Find out who has read a message',
				answer: 'Open it under Announcements: it lists everyone by name. To be sure, ask people to confirm it.',
			},
			{
				id: 'help-topic',
				title: 'Write to only a part of the room',
				answer:
					'Make a topic: open Topics beside People on the Room page. Then choose the topic where it says “To everyone”.',
			},
			{
				id: 'help-codes',
				title: 'Give everyone a code of their own',
				answer: 'Under Access choose List, add names or import a file, then print the cards.',
			},
		],
	},
];

/** All that a question is found by: its title and its answer. */
export function helpText({ title, answer }: HelpTopic): string {
	return [title, ...[answer].flat()].join(' ');
}

/** The guide with only those questions that have every word, each folded; all of it for no words. */
export function findHelp(words: readonly string[]): HelpGroup[] {
	return HELP.map(({ name, topics }) => ({
		name,
		topics: topics.filter((topic) => rank(helpText(topic), words) > 0),
	})).filter(({ topics }) => topics.length > 0);
}
