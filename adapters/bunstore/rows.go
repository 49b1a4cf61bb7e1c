package bunstore

// each returns what every one of the rows becomes, in their order. The first that cannot become anything ends that with its error.
func each[From, To any](rows []From, become func(From) (To, error)) ([]To, error) {
	all := make([]To, len(rows))
	for i, row := range rows {
		one, err := become(row)
		if err != nil {
			return nil, err
		}
		all[i] = one
	}
	return all, nil
}
