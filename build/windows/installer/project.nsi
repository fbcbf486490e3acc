; Belfry's installer for Windows: `make dist`.
; wails_tools.nsh is generated beside this file and brings the names, the version and the macros.
Unicode true

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

Function .onInit
	!insertmacro wails.checkArchitecture
FunctionEnd

Section
	!insertmacro wails.setShellContext
	!insertmacro wails.webview2runtime
	SetOutPath $INSTDIR
	!insertmacro wails.files
	CreateShortcut "$SMPROGRAMS\${INFO_PRODUCTNAME}.lnk" "$INSTDIR\${PRODUCT_EXECUTABLE}"
	nsExec::Exec 'netsh advfirewall firewall delete rule ${RULE}'
	nsExec::Exec 'netsh advfirewall firewall add rule ${RULE} dir=in action=allow profile=private program="$INSTDIR\${PRODUCT_EXECUTABLE}"'
	!insertmacro wails.writeUninstaller
SectionEnd

; What people have said stays, unless whoever removes Belfry says otherwise; a silent removal never asks, and keeps it.
Section "uninstall"
	!insertmacro wails.setShellContext
	nsExec::Exec 'netsh advfirewall firewall delete rule ${RULE}'
	RMDir /r "$AppData\${PRODUCT_EXECUTABLE}"
	Delete "$SMPROGRAMS\${INFO_PRODUCTNAME}.lnk"
	Delete "$INSTDIR\${PRODUCT_EXECUTABLE}"
	!insertmacro wails.deleteUninstaller
	RMDir $INSTDIR
	SetShellVarContext current
	IfFileExists "$LOCALAPPDATA\Belfry\*.*" 0 kept
	MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Also delete the messages and settings of your account?$\r$\n$\r$\n$LOCALAPPDATA\Belfry" /SD IDNO IDNO kept
	RMDir /r "$LOCALAPPDATA\Belfry"
	kept:
SectionEnd
