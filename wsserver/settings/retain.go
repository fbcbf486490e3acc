package settings

const // defaultKeepDays and defaultKeepBytes bound the log unless settings say otherwise.
DefaultKeepDays = 90

const DefaultKeepBytes = 1 << 30
