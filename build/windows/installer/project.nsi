; Belfry's installer for Windows: `make dist`.
; wails_tools.nsh is generated beside this file and brings the names, the version and the macros.
Unicode true
; The program is for 64 bits, so the installer is too: a Wine of 64 bits runs it, and so the test does.
Target amd64-unicode
; The installer has no times of the files in it: the same commit gives the same bytes.
SetDateSave off

!include "wails_tools.nsh"

VIProductVersion "${INFO_PRODUCTVERSION}.0"
VIFileVersion "${INFO_PRODUCTVERSION}.0"
VIAddVersionKey "CompanyName" "${INFO_COMPANYNAME}"
VIAddVersionKey "FileDescription" "${INFO_PRODUCTNAME} installer"
VIAddVersionKey "ProductVersion" "${INFO_PRODUCTVERSION}"
VIAddVersionKey "FileVersion" "${INFO_PRODUCTVERSION}"
VIAddVersionKey "LegalCopyright" "${INFO_COPYRIGHT}"
VIAddVersionKey "ProductName" "${INFO_PRODUCTNAME}"

ManifestDPIAware true

!include "MUI2.nsh"
!define MUI_ICON "..\icon.ico"
!define MUI_UNICON "..\icon.ico"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_LICENSE "..\..\..\LICENSE"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Name "${INFO_PRODUCTNAME}"
OutFile "..\..\bin\belfry-${ARCH}-installer.exe"
InstallDir "$PROGRAMFILES64\${INFO_PRODUCTNAME}"

; Windows asks once whether phones may come in, and whoever presses Cancel is never told why nobody can. So the
; installer answers: yes, on private networks.
!define RULE 'name="${INFO_PRODUCTNAME}"'

; Windows lets nobody write over a program that runs, or delete it: the older one would stay, and nobody be told.
!macro belfry.ended
	${DoWhile} ${FileExists} "$INSTDIR\${PRODUCT_EXECUTABLE}"
		ClearErrors
		FileOpen $0 "$INSTDIR\${PRODUCT_EXECUTABLE}" a
		${IfNot} ${Errors}
			FileClose $0
			${Break}
		${EndIf}
		${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Belfry is running. Quit Belfry, then press Retry." /SD IDCANCEL IDCANCEL`
			SetErrorLevel 2
			Quit
		${EndIf}
	${Loop}
!macroend

Function .onInit
	!insertmacro wails.checkArchitecture
FunctionEnd

Section
	!insertmacro wails.setShellContext
	!insertmacro belfry.ended
	!insertmacro wails.webview2runtime
	SetOutPath $INSTDIR
	!insertmacro wails.files
	CreateShortcut "$SMPROGRAMS\${INFO_PRODUCTNAME}.lnk" "$INSTDIR\${PRODUCT_EXECUTABLE}"
	nsExec::Exec 'netsh advfirewall firewall delete rule ${RULE}'
	nsExec::Exec 'netsh advfirewall firewall add rule ${RULE} dir=in action=allow profile=private program="$INSTDIR\${PRODUCT_EXECUTABLE}"'
	!insertmacro wails.writeUninstaller
SectionEnd

; What people have said stays, unless whoever removes Belfry says otherwise; a silent removal never asks, and keeps it. The
; window's own folder has drafts, so it goes with the messages.
Section "uninstall"
	!insertmacro wails.setShellContext
	!insertmacro belfry.ended
	nsExec::Exec 'netsh advfirewall firewall delete rule ${RULE}'
	Delete "$SMPROGRAMS\${INFO_PRODUCTNAME}.lnk"
	Delete "$INSTDIR\${PRODUCT_EXECUTABLE}"
	!insertmacro wails.deleteUninstaller
	RMDir $INSTDIR
	SetShellVarContext current
	IfFileExists "$LOCALAPPDATA\Belfry\*.*" 0 kept
	MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Also delete the messages and settings of your account?$\r$\n$\r$\n$LOCALAPPDATA\Belfry" /SD IDNO IDNO kept
	RMDir /r "$LOCALAPPDATA\Belfry"
	RMDir /r "$APPDATA\${PRODUCT_EXECUTABLE}"
	kept:
SectionEnd
