/** Whether keys are pressed with ⌘ where others have Ctrl. */
export const isMac = /Mac|iP(hone|ad)/.test(navigator.userAgent);
