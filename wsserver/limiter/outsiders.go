package limiter

const // outsideShare of all connections may be outside; outsiders are never more than outsidersMost.
outsideShare = 4

const outsidersMost = 10_000

// outsideMost is how many may be outside.
func (g *Gate) OutsideMost() int {
	most := outsidersMost
	for _, all := range []int{g.Maximum, g.Limits().MaxConnections} {
		if all > 0 {
			most = min(most, max(1, all/outsideShare))
		}
	}
	return most
}
