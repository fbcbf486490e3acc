// Draws the app's icons from frontend/public/icon.svg in the system's Chromium: appicon.png (Wails makes macOS' icon
// of it, the window shows it on Linux), windows/icon.ico, and what a phone shows of the installed page. Run by `make icons`; the results are committed.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const at = (path) => new URL(path, import.meta.url);
const { chromium } = createRequire(at('../frontend/package.json'))('playwright-core');
const svg = readFileSync(at('../frontend/public/icon.svg'), 'utf8');

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage();

// Where a system cuts the icon to a shape of its own, the picture keeps to the middle, on a ground without corners.
async function draw(size, cut = false) {
	const style = cut ? 'html{background:#101615}svg{display:block;width:80vw;height:80vh;margin:10vh 10vw}' : 'svg{display:block;width:100vw;height:100vh}';
	await page.setViewportSize({ width: size, height: size });
	await page.setContent(`<style>*{margin:0}${style}</style>${svg}`);
	return page.screenshot({ omitBackground: true });
}

// An .ico is a table of pictures; since Windows Vista each may be a PNG.
function ico(pictures) {
	const head = Buffer.alloc(6 + 16 * pictures.length);
	head.writeUInt16LE(1, 2);
	head.writeUInt16LE(pictures.length, 4);
	let offset = head.length;
	pictures.forEach(({ size, png }, i) => {
		const row = 6 + 16 * i;
		head.writeUInt8(size % 256, row);
		head.writeUInt8(size % 256, row + 1);
		head.writeUInt16LE(1, row + 4);
		head.writeUInt16LE(32, row + 6);
		head.writeUInt32LE(png.length, row + 8);
		head.writeUInt32LE(offset, row + 12);
		offset += png.length;
	});
	return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

const pictures = [];
for (const size of [16, 24, 32, 48, 64, 128, 256]) pictures.push({ size, png: await draw(size) });
writeFileSync(at('windows/icon.ico'), ico(pictures));
writeFileSync(at('appicon.png'), await draw(1024));
for (const size of [192, 512]) writeFileSync(at(`../frontend/public/icon-${size}.png`), await draw(size));
writeFileSync(at('../frontend/public/icon-maskable.png'), await draw(512, true));
writeFileSync(at('../frontend/public/icon-apple.png'), await draw(180, true));
await browser.close();
