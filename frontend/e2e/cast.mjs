// People, topics and messages of the screenshots.

export const PEOPLE =
	`Aisha Rahman, Anton Berg, Bea Kovács, Bruno Costa, Carla Mendes, Chidi Okafor, Dana Novák, Deniz Kaya,
	Elif Demir, Emil Lindqvist, Fatima Zahra, Filip Horák, Grace Mensah, Hana Sato, Henrik Dahl, Ines Duarte, Ivo Petrov,
	Jonas Weber, Julia Nowicka, Kofi Boateng, Lars Nygaard, Leila Haddad, Liam Byrne, Lucía Romero, Marek Zieliński,
	Mei Tan, Milan Jovanović, Nadia Hussain, Noor de Vries, Olga Marchenko, Oskar Wójcik, Pavel Dvořák, Rosa Ferri,
	Samir Aziz, Sofia Ricci, Tariq Malik, Vera Lang, Wanda Krol, Yusuf Arslan, Zoe Martin`
		.split(',')
		.map((name) => name.trim());

export const DEVICES = [
	'Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
	'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
	'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
];

export const TOPICS = [
	['line-1', 'Line 1', 'Members'],
	['line-2', 'Line 2', 'Members'],
	['maintenance', 'Maintenance', 'Members'],
	['safety', 'Safety', 'Only you'],
];

// [who, topic or '' for the operator, text]; without a name it is the operator who speaks, [, to, text, title, priority].
export const TALK = [
	[, 'Everyone', 'Early shift, hall 2. Briefing at the desk at 06:45, bring your gloves.', 'Good morning'],
	['Henrik Dahl', 'line-1', 'Line 1 is up. First pallets at seven.'],
	['Kofi Boateng', '', 'I have the dentist at 13:00. Can Oskar take my place?'],
	[, 'Kofi', 'Yes. I will tell Oskar.'],
	['Ines Duarte', 'maintenance', 'Compressor 2 sounds wrong. Looking at it now.'],
	[, 'safety', 'The roof leaks. Walk around until it is fixed.', 'Wet floor at gate 5', 'Important'],
	['Milan Jovanović', 'line-2', 'Out of blue crates in bay 3.'],
	['Noor de Vries', 'line-2', '20 on the way with the tug.'],
	['Lucía Romero', 'general', 'Who took the torque wrench from cabinet B?'],
	['Emil Lindqvist', 'general', 'Me, sorry. Back in five minutes.', 'Who took the torque'],
	[, 'Everyone', 'Line 1 at 11:30, line 2 at 12:15.', 'Lunch in two groups'],
	['Julia Nowicka', 'line-2', 'Press 4 is down. Error E-17, same as Monday.'],
	['Ines Duarte', 'line-2', 'On my way.'],
	[
		,
		'line-2',
		'Gas alarm in bay 3. Leave by the north door and meet at point B. Leave tools where they are.',
		'Leave bay 3 now',
		'Urgent',
	],
	['Milan Jovanović', 'line-2', 'Leaving. All five from packing 1 are with me.'],
	['Samir Aziz', '', 'Found Piotr. We are both walking to point B.'],
	['Grace Mensah', 'general', 'Does this concern line 1 too?'],
	['Leila Haddad', 'line-2', 'We count 19 at point B.'],
];

/** Who is in the room of the README's pictures. */
export const SHIFT =
	`Aisha Rahman, Anton Berg, Bea Kovács, Bruno Costa, Carla Mendes, Chidi Okafor, Deniz Kaya, Elif Demir, Emil Lindqvist,
	Fatima Zahra, Grace Mensah, Hana Sato, Henrik Dahl, Ines Duarte, Jonas Weber, Julia Nowicka, Kofi Boateng, Leila Haddad,
	Lucía Romero, Milan Jovanović, Noor de Vries, Oskar Wójcik, Samir Aziz, Sofia Ricci`
		.split(',')
		.map((name) => name.trim());

/** The operator of that room. */
export const OPERATOR = 'Marta Silva';

/**
 * A morning, with its clocks: [time, who, topic or '' for the operator, text, the text that is answered]. Without a name it
 * is the operator who speaks: [time, , to, text, title, priority, button].
 */
export const MORNING = [
	['06:38', , 'Everyone', 'Briefing at the desk at 06:45. Bring your gloves.', 'Good morning'],
	['06:57', 'Henrik Dahl', 'line-1', 'Line 1 is up. First pallets at seven.'],
	['07:12', , 'safety', 'The roof leaks. Walk around until it is fixed.', 'Wet floor at gate 5'],
	['07:20', 'Lucía Romero', 'general', 'Who took the torque wrench from cabinet B?'],
	['07:21', 'Emil Lindqvist', 'general', 'Me, sorry. Back in five minutes.', 'Who took the torque'],
	['07:30', 'Grace Mensah', 'general', 'Is the canteen open again?'],
	['07:33', 'Leila Haddad', 'general', 'Yes, since yesterday.', 'Is the canteen'],
	['07:41', 'Julia Nowicka', 'line-2', 'Press 4 is down. Error E-17, same as Monday.'],
	['07:42', 'Ines Duarte', 'line-2', 'On my way.'],
	['07:50', 'Kofi Boateng', '', 'I have the dentist at 13:00. Can Oskar take my place?'],
	['07:52', , 'Kofi Boateng', 'Yes. I will tell Oskar.', '', 3],
	['08:02', , 'Everyone', 'Line 1 goes at 11:30, line 2 at 12:15.', 'Lunch in two groups', 4, 'Got it'],
	['08:09', 'Ines Duarte', 'line-2', 'Press 4 runs again. It was the light barrier.'],
	['08:11', 'Samir Aziz', '', 'The auditors are at gate 2. Shall I bring them up?'],
];
