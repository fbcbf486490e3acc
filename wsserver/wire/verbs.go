package wire

const OperatorName = "Operator"
