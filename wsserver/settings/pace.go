package settings

const FramesPerSecond = 100

const FramesBurst = 500

const BytesPerSecond = 1 << 20

const BytesBurst = 4 << 20
