package client

const HistoryMost = 200

const HistoryBytes = 256 << 10
