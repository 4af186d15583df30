module trunkline.dev/foreign

go 1.24
