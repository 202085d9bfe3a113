module k3v.io/test/host/pause

go 1.26.0
